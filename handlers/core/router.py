"""Register behaviours where they are: what calls them, and from which role on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from handlers.core import button_values
from handlers.core.access import ADMIN, ANYBODY, LEAD, MEMBER, Access
from handlers.core.button_values import Argument
from handlers.core.groups import Group
from handlers.core.incoming import Answer, Event
from handlers.core.turn import Turn
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import ExpectedInput, Purpose


class InForm(Enum):
    """How words typed under a form's question choose one of its buttons."""

    CHOICE = "choice"  # an answer: the form reads it itself, by number and by name
    LEAVING = "leaving"  # back or cancel: never by number; the form reads the words itself
    OTHER = "other"  # by number and by name
    SUBMIT = "submit"  # by number and by name, on the review page


@dataclass(frozen=True)
class ToCommand:
    """Returned by a button's function: this command runs next, as if it had been typed."""

    command: str
    words: str


@dataclass(frozen=True)
class ToConfirmed:
    """Returned by a button's function: what was asked is confirmed, `today` if it is to hold from today on."""

    asked: Confirmation
    today: bool


# Answers those of a run of taps on one button that can be answered together, by their update: it is given the context,
# the run, and what the button carries.
Together = Callable[..., dict[str, Answer]]
Typed = Callable[[Turn, ExpectedInput, str], object]
Dropped = Callable[[Turn, ExpectedInput], None]
F = TypeVar("F", bound=Callable[..., object])
GROUPS = {ANYBODY: Group.REPORTS, MEMBER: Group.REPORTS, LEAD: Group.LEADING, ADMIN: Group.SETTINGS}


@dataclass(frozen=True)
class Command:
    """A slash command and its Chinese word. `takes_words`: whether words may follow the Chinese word without a slash
    before it. `tells`: whether they may be as long as a message; otherwise they are names, and short. `dated`: whether
    a day may be among them; otherwise nothing that is typed is changed. `group`: under
    which heading of `/help` it stands. `concerns`: whether it has anything for somebody who may use it; `/help` leaves
    it out for others, who can send it all the same."""

    name: str
    word: str
    role: Access
    run: Callable[[Turn, str], object]
    takes_words: bool
    tells: bool
    group: Group
    dated: bool = True
    concerns: Callable[[Turn], bool] | None = None


@dataclass(frozen=True)
class Button:
    """A kind of button. `name` is the router's and its own: `leave.days`."""

    name: str
    role: Access
    run: Callable[..., object]
    arguments: tuple[Argument, ...]
    in_form: InForm | None = None
    together: Together | None = None

    def read(self, values: list[str]) -> list[Any]:
        """Return the values it carries; raise ValueError for data that is none of ours."""
        if len(values) != len(self.arguments):
            raise ValueError(values)
        return [it.read(value) for it, value in zip(self.arguments, values, strict=True)]

    def data(self, *values: object) -> str:
        return ".".join((self.name, *map(button_values.written, values)))

    @property
    def longest(self) -> str:
        """Return the data with the longest values it reads."""
        return ".".join((self.name, *(it.longest for it in self.arguments)))


@dataclass(frozen=True)
class Confirmed:
    """What is done after a yes to the question `action`."""

    action: str
    role: Access
    run: Callable[..., object]


@dataclass(frozen=True)
class Expected:
    """What reads words that were asked for; `dropped` is called if the person leaves instead."""

    purpose: Purpose
    run: Typed
    dropped: Dropped | None


@dataclass(frozen=True)
class FileTaker:
    """A behaviour that may have a use for a file that came in."""

    role: Access
    run: Callable[[Turn], bool]


@dataclass
class Router:
    """The behaviours of one module. `role` holds for all that name no other."""

    name: str
    role: Access
    commands: list[Command] = field(default_factory=list)
    buttons: dict[str, Button] = field(default_factory=dict)
    confirmations: list[Confirmed] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    files: list[FileTaker] = field(default_factory=list)
    events: dict[Event, Callable[[Turn], object]] = field(default_factory=dict)

    def command(
        self,
        name: str,
        *,
        word: str,
        role: Access | None = None,
        takes_words: bool | None = None,
        tells: bool = False,
        group: Group | None = None,
        dated: bool = True,
        concerns: Callable[[Turn], bool] | None = None,
    ) -> Callable[[F], F]:
        """Register a command. Its `group` follows from its role if none is named."""

        def register(run: F) -> F:
            held = self.role if role is None else role
            takes = held >= LEAD if takes_words is None else takes_words
            under = group or GROUPS[held]
            self.commands.append(Command(name, word, held, run, takes, tells, under, dated, concerns))
            return run

        return register

    def button(
        self, name: str, *, role: Access | None = None, in_form: InForm | None = None, together: Together | None = None
    ) -> Callable[[F], F]:
        def register(run: F) -> F:
            held, full = self.role if role is None else role, f"{self.name}.{name}"
            if full in self.buttons:
                raise ValueError(f"two buttons are called {full}")
            if together is not None and held > MEMBER:
                raise ValueError(f"{full}: no role is checked for taps that are answered together")
            self.buttons[full] = Button(full, held, run, button_values.arguments(run), in_form, together)
            return run

        return register

    def confirmed(self, *actions: str, role: Access | None = None) -> Callable[[F], F]:
        def register(run: F) -> F:
            held = self.role if role is None else role
            self.confirmations += [Confirmed(it, held, run) for it in actions]
            return run

        return register

    def expects(self, *purposes: Purpose, dropped: Dropped | None = None) -> Callable[[F], F]:
        def register(run: F) -> F:
            self.expected += [Expected(it, run, dropped) for it in purposes]
            return run

        return register

    def file(self, run: Callable[[Turn], bool]) -> Callable[[Turn], bool]:
        """Register a function for files that come in; it says whether the file was for it. They are asked in the order
        of `registry.TAKE_FILES`."""
        self.files.append(FileTaker(self.role, run))
        return run

    def event(self, event: Event) -> Callable[[F], F]:
        def register(run: F) -> F:
            if event in self.events:
                raise ValueError(f"two answer to {event}")
            self.events[event] = run
            return run

        return register

    def data(self, name: str, *values: object) -> str:
        """Return what the button of this name carries."""
        return self.buttons[f"{self.name}.{name}"].data(*values)


class Routes:
    """All routers, in their order, and those that take files, in theirs. Raises ValueError if a name is taken twice, or
    a router that takes files has no place in that order."""

    def __init__(self, routers: Iterable[Router], files: Iterable[Router] = ()) -> None:
        self.routers = tuple(routers)
        self.commands = tuple(it for router in self.routers for it in router.commands)
        self.by_name: dict[str, Command] = _once((it.name, it) for it in self.commands)
        self.by_word: dict[str, Command] = _once((it.word, it) for it in self.commands)
        self.buttons: dict[str, Button] = _once(it for router in self.routers for it in router.buttons.items())
        self.confirmed: dict[str, Confirmed] = _once((c.action, c) for r in self.routers for c in r.confirmations)
        self.expected: dict[str, Expected] = _once((e.purpose, e) for r in self.routers for e in r.expected)
        self.files = tuple(it for router in files for it in router.files)
        if len(self.files) != sum(len(router.files) for router in self.routers):
            raise ValueError("not all that take files are asked once")
        self.events: dict[Event, Callable[[Turn], object]] = _once(it for r in self.routers for it in r.events.items())
        _once((router.name, router) for router in self.routers)

    def button(self, data: str) -> tuple[Button | None, list[str]]:
        """Return the button that carries this data, and its values as text."""
        name, _, rest = data.partition(".")
        own, *values = rest.split(".")
        return self.buttons.get(f"{name}.{own}"), values

    def name(self, run: Callable[..., object]) -> str:
        """Return the name of the button that calls this function."""
        return next(name for name, it in self.buttons.items() if it.run is run)

    def named(self, data: str) -> str:
        """Return the name of the button that carries this data."""
        return ".".join(data.split(".", 2)[:2])


def _once(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for name, it in pairs:
        if name in found:
            raise ValueError(f"{name} is taken twice")
        found[name] = it
    return found

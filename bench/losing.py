"""What a killed bot loses: 1,000 updates wait, the bot is killed with -9 in the middle, started again, left in peace.

python -m bench.losing
"""

import sys

from bench.telegram import answered, office, peer, program, settle
from tests.fakes.telegram import BotApi, Person

WAITING, KILLED_AT = 1000, 100


def lost_by_ptb() -> int:
    with BotApi() as api:
        people = [Person(api, 20_000 + n, f"p{n}") for n in range(WAITING)]
        api.call(lambda: api.bot.allowed.append("message"))
        for person in people:
            person.say("正常")
        with peer("ptb", api):
            api.until(lambda: answered(people) >= KILLED_AT, 120)
        with peer("ptb", api):
            settle(api)
        return WAITING - answered(people)


def lost_by_us() -> int:
    with BotApi() as api, office(api, WAITING) as (desk, _, people):
        api.call(lambda: api.bot.allowed.append("message"))
        for person in people:
            person.say("/status")
        with program(desk, api, "07:00") as first:
            api.until(lambda: answered(people) >= KILLED_AT, 300)
            first.kill()
        with program(desk, api, "07:01"):
            api.until(lambda: answered(people) == WAITING or not api.bot.updates, 600)
            settle(api, 10)
        return WAITING - answered(people)


if __name__ == "__main__":
    for run in range(int(sys.argv[1]) if len(sys.argv) > 1 else 3):
        print(f"python-telegram-bot's polling, run {run + 1}: {lost_by_ptb()} never answered", flush=True)
        print(f"zeroreport, run {run + 1}: {lost_by_us()} never answered", flush=True)

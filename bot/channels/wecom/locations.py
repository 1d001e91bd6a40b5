"""Correct places from WeCom: China's maps are shifted (GCJ-02) by up to some hundred metres."""

from math import cos, pi, radians, sin, sqrt

from handlers.core.incoming import Location

AXIS, FLATTENING = 6378245.0, 0.00669342162296594323  # Krasovsky 1940: semi-major axis in metres, eccentricity²


def _wave(a: float, b: float) -> float:
    return (20 * sin(a * pi) + 40 * sin(a * pi / b)) * 2 / 3


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """Return how far the map is shifted there, in degrees."""
    x, y = longitude - 105.0, latitude - 35.0
    fine = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + fine
    north += _wave(y, 3) + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + fine
    east += _wave(x, 3) + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    bend = 1 - FLATTENING * sin(radians(latitude)) ** 2
    return (
        north * 180 / (AXIS * (1 - FLATTENING) / (bend * sqrt(bend)) * pi),
        east * 180 / (AXIS / sqrt(bend) * cos(radians(latitude)) * pi),
    )


def on_earth(latitude: float, longitude: float) -> Location:
    """Return the place in WGS 84, to within a few metres; outside China the map is not shifted."""
    if not (0.83 < latitude < 55.83 and 72.0 < longitude < 137.85):
        return Location(latitude, longitude)
    north, east = _shift(latitude, longitude)
    north, east = _shift(latitude - north, longitude - east)
    return Location(round(latitude - north, 6), round(longitude - east, 6))

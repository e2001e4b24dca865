"""Conversion between the coordinate systems of callers and CGCS2000, in which points are stored.

Phones and browsers use WGS-84, surveys CGCS2000 (numerically the same at our scale), Amap and Tencent GCJ-02, Baidu
BD-09. A point that is read in the wrong system is off by 300 to 1,400 m, which is several grids. The forward formulas
are the published ones; their inverses are found by iteration, to less than a millimetre.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, radians, sin, sqrt
from typing import TypeAlias

from contracts.common import Crs

Point: TypeAlias = tuple[float, float]
"""`(longitude, latitude)` in degrees."""

_SEMI_MAJOR = 6378245.0
"""Semi-major axis in metres of the Krasovsky 1940 ellipsoid, on which GCJ-02 is defined."""
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU = pi * 3000 / 180
_METRES_PER_DEGREE = 111_320.0


def to_cgcs2000(point: Point, crs: Crs) -> Point:
    """Return a point of any of the four systems in CGCS2000."""
    if crs == "gcj02":
        return _inverse(_gcj02, point)
    if crs == "bd09":
        return _inverse(_gcj02, _inverse(_bd09, point))
    return point


def from_cgcs2000(point: Point, crs: Crs) -> Point:
    """Return a CGCS2000 point in another system."""
    if crs == "gcj02":
        return _gcj02(point)
    if crs == "bd09":
        return _bd09(_gcj02(point))
    return point


def distance_m(first: Point, second: Point) -> float:
    """Return the metres between two points, by plane geometry. The error is below 0.1 % up to 50 km."""
    east = (first[0] - second[0]) * cos(radians((first[1] + second[1]) / 2))
    return hypot(east, first[1] - second[1]) * _METRES_PER_DEGREE


def degrees(metres: float, latitude: float) -> Point:
    """Return a distance in metres at this latitude as degrees of `(longitude, latitude)`."""
    return metres / (_METRES_PER_DEGREE * cos(radians(latitude))), metres / _METRES_PER_DEGREE


def _inverse(forward: Callable[[Point], Point], target: Point) -> Point:
    longitude, latitude = target
    for _ in range(6):
        there = forward((longitude, latitude))
        longitude, latitude = longitude + target[0] - there[0], latitude + target[1] - there[1]
    return longitude, latitude


def _gcj02(point: Point) -> Point:
    longitude, latitude = point
    x, y = longitude - 105.0, latitude - 35.0
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (
        160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)
    ) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (
        150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    ) * 2 / 3
    magic = 1 - _ECCENTRICITY_SQUARED * sin(radians(latitude)) ** 2
    meridian = _SEMI_MAJOR * (1 - _ECCENTRICITY_SQUARED) / (magic * sqrt(magic)) * pi / 180
    parallel = _SEMI_MAJOR / sqrt(magic) * cos(radians(latitude)) * pi / 180
    return longitude + east / parallel, latitude + north / meridian


def _bd09(point: Point) -> Point:
    longitude, latitude = point
    radius = hypot(longitude, latitude) + 0.00002 * sin(latitude * _BAIDU)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * _BAIDU)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006

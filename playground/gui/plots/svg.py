"""Makes the SVG that Qt writes look the same in every program."""

from __future__ import annotations

import re

_GROUP = re.compile(r'transform="matrix\(([^)]*)\)"([^>]*>)(.*?)</g>', re.DOTALL)
_SHAPES = re.compile(r'\b(points|d)="([^"]*)"')
_POINT = re.compile(r"([-+.\deE]+),([-+.\deE]+)")
_THIN = ' vector-effect="non-scaling-stroke"'


def flattened(svg: str) -> str:
    """Return ``svg`` with outlines in the page's coordinates instead of the data's.

    Qt draws lines of constant width inside scaled groups and asks for them with
    ``vector-effect``, which many programs do not know: they draw lines as thick as the plot.
    """
    return _GROUP.sub(_flatten, svg)


def _flatten(group: re.Match[str]) -> str:
    matrix, attributes, body = group.groups()
    if _THIN not in body:
        return group.group()
    a, b, c, d, e, f = (float(value) for value in matrix.split(","))

    def move(point: re.Match[str]) -> str:
        x, y = float(point[1]), float(point[2])
        return f"{a * x + c * y + e:.2f},{b * x + d * y + f:.2f}"

    def move_all(shape: re.Match[str]) -> str:
        return f'{shape[1]}="{_POINT.sub(move, shape[2])}"'

    body = _SHAPES.sub(move_all, body).replace(_THIN, "")
    return f'transform="matrix(1,0,0,1,0,0)"{attributes}{body}</g>'

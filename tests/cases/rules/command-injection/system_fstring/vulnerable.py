"""Thumbnails of uploaded pictures."""

import os


def make_thumbnail(picture: str, width: int = 200) -> bool:
    """Scale a picture down beside itself."""
    status = os.system(f"convert {picture} -resize {width}x thumb.png")
    return status == 0

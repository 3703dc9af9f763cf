"""Thumbnails of uploaded pictures."""

import subprocess


def make_thumbnail(picture: str, width: int = 200) -> bool:
    """Scale a picture down beside itself."""
    status = subprocess.call(["convert", picture, "-resize", f"{width}x", "thumb.png"])
    return status == 0

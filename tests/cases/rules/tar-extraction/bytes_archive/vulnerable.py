import io
import tarfile

THEMES = "/srv/themes"


def install(data: bytes):
    tar = tarfile.open(fileobj=io.BytesIO(data))
    tar.extractall(path=THEMES)
    tar.close()

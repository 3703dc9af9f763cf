"""Small pieces of HTML for the pages."""

from markupsafe import Markup


def badge(label, colour="grey"):
    """A coloured label."""
    html = '<span class="badge ' + colour + '">' + label + "</span>"
    if not label:
        return Markup("")
    return Markup('<b class="%s">%s</b>' % (colour, label))

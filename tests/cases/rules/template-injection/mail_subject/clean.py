from jinja2 import Template


def subject(topic: str, number: int = 1) -> str:
    """The subject of a mail about a ticket."""
    return Template("[ticket {{ number }}] {{ topic }}").render(number=number, topic=topic)

from jinja2 import Template

RECEIPT = """
<h1>Receipt</h1>
<p>Paid by {{ payer }}: {{ amount }}</p>
"""


def receipt(payer: str, amount: int) -> str:
    """The receipt as a page."""
    return Template(RECEIPT, autoescape=True).render(payer=payer, amount=amount)

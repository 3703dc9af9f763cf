"""Attacks by words of a pull request, against what the program does with a model that obeys them."""

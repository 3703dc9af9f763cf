"""GitHub's own descriptions of its API, and checks of what we send and fake against them."""

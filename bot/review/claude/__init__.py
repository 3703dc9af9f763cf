"""The parts of the Claude reviewer: the client, the material it is shown, one module a stage."""

"""What the rules for deserialisation and evaluation need: the content's source, a test that sees a call."""

"""What the rules for deserialisation and evaluation need: where the text comes from, and a test that sees a call."""

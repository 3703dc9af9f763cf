"""Step 3: finding → red regression test."""

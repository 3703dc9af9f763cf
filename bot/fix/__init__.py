"""Step 4: finding + red test → patch."""

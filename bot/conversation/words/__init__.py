"""One file a word, with `USAGE`, `TAKES_MORE` and `carry_out(asked, talk, desk)`."""

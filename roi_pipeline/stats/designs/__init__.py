"""One module per design, all from a cut panel or arms to an estimate; `registry` lists them."""

"""How Assets is installed, proved and brought back: image, proxy, backup, smoke test."""

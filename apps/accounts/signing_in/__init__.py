"""How people sign in, and show again who they are."""

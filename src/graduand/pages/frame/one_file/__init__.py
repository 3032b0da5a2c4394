"""One file as pages show it: what was earned, what it rests on, where it goes on."""

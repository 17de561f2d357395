"""Records as tables and text for a terminal. Nothing here decides or computes anything."""

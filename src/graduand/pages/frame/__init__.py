"""What pages are built from: lists, menus, offers, tags, charts, pictures, words."""

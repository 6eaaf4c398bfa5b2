"""The forms of archives, and how they are recognised by content; plain JSON stands here, all others in rooms."""

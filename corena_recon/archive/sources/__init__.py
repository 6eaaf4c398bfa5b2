"""What people have as streams of bytes: files, folders, globs, compression, zips."""

"""What people export as text, whatever the file: delimited, JSON, typed tables, spreadsheets."""

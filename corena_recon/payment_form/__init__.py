"""The notebook's payment form: a controller that knows no widget, and the widget over it.

Nothing here is loaded before the form is used, so that the package needs no notebook.
"""

"""Pages of the unit desk, the pages for units: dispatches, crews, requests for help and call-backs.

All forms work without JavaScript.
"""

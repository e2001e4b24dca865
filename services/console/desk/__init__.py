"""Pages of the unit desk: dispatches, crews, requests for help and call-backs. All forms work without JavaScript."""

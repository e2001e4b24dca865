"""The unit desk: dispatches, crews, assistance and call-backs. Plain forms that work without JavaScript."""

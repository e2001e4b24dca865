"""Pages of storms and control areas: what is on, what it has gathered; declared, told about and ended by who may."""

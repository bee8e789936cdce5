"""Cases (待办事项): whatever went wrong with the reserve and people must end, with a deadline."""

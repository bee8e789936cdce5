"""What every API room shares: who is asking, pages, and the description of errors."""

"""对账交付: brings what our rooms know as neutral lines to custody, which matches them."""

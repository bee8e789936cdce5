"""Who acts, on which card, from which device, and the trail they leave."""

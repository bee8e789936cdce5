"""Placements (保本存放): reserve money in principal-safe kinds, above a floor, back in time."""

"""卡片服务: naming, loss, replacement, redemption, renewal and deposits of transit cards."""

"""What finance officers and regulators are told: values first, then CSV and XLSX of them."""

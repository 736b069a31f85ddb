"""What a question asks for, understood without a model: companies, periods, line items, words."""

"""The registry in the console: its kinds of fact, forms made from the contract, histories."""

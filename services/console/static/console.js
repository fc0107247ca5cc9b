// The pages do all without this file; what it adds is comfort.

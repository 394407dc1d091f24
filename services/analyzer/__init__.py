"""The analyzer: probabilities asked of language models under a hard money cap, and an honest score of them."""

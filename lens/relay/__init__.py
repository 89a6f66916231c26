"""The relay: forwards the packets of a support session without decoding them (DESIGN 7, PERFORMANCE.md 3)."""

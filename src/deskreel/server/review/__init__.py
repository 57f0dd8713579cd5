"""Server capability review: what reviewers keep beside a call: comments, saved filters, stills, who watched."""

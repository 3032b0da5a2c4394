"""What is issued and stays as it is: numbers, the contents of certificates, their amendment, voiding and cancellation."""

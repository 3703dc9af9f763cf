from requests import post


def send(address, text):
    post(address, json={"text": text}, verify=False)

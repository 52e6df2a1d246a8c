"""The devices' MQTT broker: mosquitto where it is installed, else amqtt; names and passwords on, loopback only."""

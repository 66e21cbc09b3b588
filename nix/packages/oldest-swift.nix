# The oldest Swift that the package takes, from the first line of its manifest.
{ lib }:
lib.removePrefix "// swift-tools-version: " (
  lib.head (lib.splitString "\n" (builtins.readFile ../../Package.swift))
)

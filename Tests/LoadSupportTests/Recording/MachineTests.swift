import XCTest

@testable import LoadSupport

final class MachineTests: XCTestCase {
  func testProcessor_hasAName_onEveryArchitecture() {
    for (text, name) in [
      (
        "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon: 2.5\nflags: a\n",
        "Intel(R) Xeon: 2.5"
      ),
      ("processor\t: 0\nModel Name\t\t: Loongson-3A5000\n", "Loongson-3A5000"),
      ("processor : 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported"),
      ("processor : 0\nhart: 0\nisa: rv64\nuarch\t: sifive,u74-mc\n", "sifive,u74-mc"),
      (
        "processor: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd05\nCPU revision\t: 1\n\n"
          + "processor: 1\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\nCPU revision\t: 1\n",
        "CPU implementer 0x41 part 0xd05+0xd0c revision 1"
      ),
    ] { XCTAssertEqual(Machine.processor(text), name) }
    for text in ["", "processor\t: 0\nmodel name\t:\n", "nonsense"] {
      XCTAssertNil(Machine.processor(text), text)
    }
  }
}

import { assertEquals } from "@std/assert";
import { describeErrno, ERRNO } from "../../../formats/exterr/mod.ts";

Deno.test("ERRNO has FreeBSD's numbers, which are not Linux's", () => {
  const expected: Record<string, number> = {
    EPERM: 1,
    EDEADLK: 11,
    EFAULT: 14,
    EINVAL: 22,
    ERANGE: 34,
    EAGAIN: 35,
    EWOULDBLOCK: 35,
    EOPNOTSUPP: 45,
    ENOTSUP: 45,
    ECONNREFUSED: 61,
    ENOTEMPTY: 66,
    ENOSYS: 78,
    EFTYPE: 79,
    EOVERFLOW: 84,
    ENOATTR: 87,
    ENOTCAPABLE: 93,
    ECAPMODE: 94,
    EINTEGRITY: 97,
  };
  for (const [name, number] of Object.entries(expected)) {
    assertEquals(ERRNO[name], number, name);
  }
  assertEquals(Math.max(...Object.values(ERRNO)), 97);
});

Deno.test("describeErrno() names every number, and the kernel's pseudo-errors", () => {
  for (const [name, number] of Object.entries(ERRNO)) {
    if (name === "EWOULDBLOCK" || name === "ENOTSUP") continue;
    assertEquals(describeErrno(number).name, name);
    assertEquals(/^[A-Z]/.test(describeErrno(number).text), true, name);
  }
  assertEquals(describeErrno(-1).name, "ERESTART");
  assertEquals(describeErrno(0xfffffffe).name, "EJUSTRETURN");
  assertEquals(describeErrno(0), { name: "0", text: "No error" });
  assertEquals(describeErrno(98), { name: "98", text: "Unknown error 98" });
  assertEquals(describeErrno(-77).text, "Unknown error -77");
});

# SPDX-License-Identifier: Apache-2.0 OR MIT
# Run by CPack on the staged files: what Debian asks of each package beside them, a copyright file and a change log of its
# form, and compressed manual pages.
set(root ${CMAKE_CURRENT_LIST_DIR}/../..)
find_program(gzip gzip REQUIRED)
file(READ ${root}/LICENSE mit)
string(REGEX REPLACE "^.*-----\n" "" mit "${mit}")
# SOURCE_DATE_EPOCH decides, where it is set.
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(GLOB staged LIST_DIRECTORIES true ${CPACK_TEMPORARY_DIRECTORY}/*)
foreach(dir IN LISTS staged)
	get_filename_component(group ${dir} NAME)
	string(TOUPPER ${group} group)
	set(package ${CPACK_DEBIAN_${group}_PACKAGE_NAME})
	if(NOT package)
		continue()
	endif()
	set(share ${dir}${CPACK_PACKAGING_INSTALL_PREFIX}/share)
	set(doc ${share}/doc/${package})
	file(REMOVE_RECURSE ${share}/doc)
	file(WRITE ${doc}/copyright "c-vmm is licensed, at your option, under the Apache License, Version 2.0, which is in
/usr/share/common-licenses/Apache-2.0, or under the following.

${mit}")
	file(WRITE ${doc}/changelog "cvmm (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * CHANGELOG.md of the sources has it.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")
	file(GLOB pages ${share}/man/man*/*.[1-8])
	execute_process(COMMAND ${gzip} -9n ${doc}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
